int number(const char *text)
{
	int one = atoi("1");

	return one + atoi(text); /* expect: atoi-unchecked */
}
