char *short_copy(const char *text)
{
	char *copy = palloc(strlen(text)); /* expect: strlen-without-terminator */

	strcpy(copy, text);
	return copy;
}

char *right_copy(const char *text)
{
	char *copy = palloc(strlen(text) + 1);

	strcpy(copy, text);
	return copy;
}

char *bytes_only(const char *text)
{
	char *copy = palloc(strlen(text));

	memcpy(copy, text, strlen(text));
	return copy;
}
