"""What import_cellml.py is made of: see README.md."""
