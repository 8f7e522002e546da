"""
What every process would read and work out for itself when it starts, done once in the server it is forked from.

To import this module is to do it: a fork server imports modules, and calls nothing.
"""

from sqlalchemy.orm import configure_mappers

from registry.access.matrix import load_matrix
from registry.problems import problems

load_matrix()
problems()
configure_mappers()
