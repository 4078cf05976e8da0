"""Reports: what people and programs are given."""
