"""A partner that plays a part: a whole gateway of a region that is none, bent where a script says so."""
