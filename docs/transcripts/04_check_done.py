"""Check step 04 when all is done."""

from checked import when_done

when_done(4)
