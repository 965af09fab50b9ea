"""Check step 06 when all is done."""

from checked import when_done

when_done(6)
