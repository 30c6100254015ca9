"""Words and numbers of pages in two languages."""
