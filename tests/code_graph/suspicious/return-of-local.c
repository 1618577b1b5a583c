Thing *gives_local(void)
{
	Thing thing;

	return &thing; /* expect: return-of-local */
}

Thing *gives_static(void)
{
	static Thing thing;

	return &thing;
}

Thing *gives_global(void)
{
	return &the_thing;
}
