"""The brief: an editable Word document and its charts."""
