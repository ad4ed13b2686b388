"""The reference of a desk's files, made from the models that read them: a page for people, a schema for editors."""
