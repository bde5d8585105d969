"""The demonstration world: invented companies and nine months of lived history made by the product's own verbs."""
