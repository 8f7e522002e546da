"""A database with nothing but the mechanics in it: what the tests of the mechanics run on."""
