void cuts(char *to, const char *from)
{
	strncpy(to, from, 20); /* expect: strncpy-no-terminator */
}

void ends(char *to, const char *from)
{
	strncpy(to, from, 20);
	to[19] = '\0';
}

void cleared(char *to, const char *from)
{
	memset(to, 0, 21);
	strncpy(to, from, 20);
}
