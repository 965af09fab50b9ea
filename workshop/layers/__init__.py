"""How a repository of layers is kept in step with itself: copies, starters, drafts, editors.

The maintainer's half of the layers (`sync`, `assemble`) and the learner's (`adopt`) stand together,
because both read and write the same files. `workshop.stack` only reads them.
Rule kept: what a learner has written is never overwritten without a backup.
"""
