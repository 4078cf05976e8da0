"""One command that is not unchanged: request, plan, look, decision, and carrying it out."""
