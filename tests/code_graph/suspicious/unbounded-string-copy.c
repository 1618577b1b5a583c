void copies(char *to, const char *from, int n)
{
	char *made;

	strcpy(to, from); /* expect: unbounded-string-copy */
	strcat(to, from); /* expect: unbounded-string-copy */
	sprintf(to, "%d: %s", n, from); /* expect: unbounded-string-copy */
	strcpy(to, "literal");
	sprintf(to, "%d", n);
	strlcpy(to, from, 10);
}

char *measured(const char *from)
{
	char *made = palloc(strlen(from) + 1);

	strcpy(made, from);
	return made;
}
