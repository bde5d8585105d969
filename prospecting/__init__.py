"""Lead generation: from a segment to a reply."""
