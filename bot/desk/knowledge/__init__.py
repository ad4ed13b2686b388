"""The desk's articles and the search in them."""
