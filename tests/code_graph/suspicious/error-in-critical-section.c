void fails_inside(Page page)
{
	START_CRIT_SECTION();
	if (!add_item(page))
		elog(ERROR, "cannot add"); /* expect: error-in-critical-section */
	END_CRIT_SECTION();
	elog(ERROR, "outside");
}

void panics_inside(Page page)
{
	if (!fits(page))
		elog(ERROR, "does not fit");
	START_CRIT_SECTION();
	if (!add_item(page))
		elog(PANIC, "cannot add");
	END_CRIT_SECTION();
}
