void forgets_section(Page page, bool early)
{
	START_CRIT_SECTION(); /* expect: critical-section-not-ended */
	if (early)
		return;
	END_CRIT_SECTION();
}

void ends_section(Page page, bool early)
{
	START_CRIT_SECTION();
	if (early)
		mark(page);
	END_CRIT_SECTION();
}
