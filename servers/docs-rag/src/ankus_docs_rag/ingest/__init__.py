"""A folder, a file or a page of the web -> the store: what changed is read, cut, embedded and put in."""
