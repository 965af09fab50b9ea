"""The book: everything that turns the repository into a site that can be read offline.

It stands apart from the learner's tool because only ``book``, ``notebooks`` and the
tests need it, and because it may use libraries (mkdocs, nbclient) that the rest of
the workshop does without. Rule: whatever a script can write, nobody writes by hand.
"""
