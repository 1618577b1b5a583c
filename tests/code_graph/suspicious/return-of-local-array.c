char *gives_array(int n)
{
	char buf[64];

	snprintf(buf, sizeof(buf), "%d", n);
	return buf; /* expect: return-of-local-array */
}

char *gives_static_array(int n)
{
	static char buf[64];

	return buf;
}

char *gives_pointer(int n)
{
	char *buf = palloc(64);

	return buf;
}
