"""What operators ask of the store: lists, exports, deletion."""
