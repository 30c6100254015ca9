"""The page of one township and the page of works: layers, panels and figures in one file."""
