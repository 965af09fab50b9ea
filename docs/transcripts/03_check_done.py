"""Check step 03 when all is done."""

from checked import when_done

when_done(3)
