"""The programme: which roofs are built by when, in one table of year by roof, with money and carbon."""
