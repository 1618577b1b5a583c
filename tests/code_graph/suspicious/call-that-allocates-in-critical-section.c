void works_inside(Page page)
{
	START_CRIT_SECTION();
	allocating_helper(page); /* expect: call-that-allocates-in-critical-section */
	quiet_helper(page);
	END_CRIT_SECTION();
	allocating_helper(page);
}
