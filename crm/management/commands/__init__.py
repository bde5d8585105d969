"""Commands of the record, each runs by itself."""
