"""What each caller may see. Every function takes a `Viewer` first; what one may not see answers as if it did not exist."""
