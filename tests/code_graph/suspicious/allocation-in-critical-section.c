void allocates_inside(Page page)
{
	START_CRIT_SECTION();
	use(palloc(10)); /* expect: allocation-in-critical-section */
	END_CRIT_SECTION();
	use(palloc(10));
}

void allocates_before(Page page)
{
	char *room = palloc(10);

	START_CRIT_SECTION();
	use(room);
	END_CRIT_SECTION();
}
