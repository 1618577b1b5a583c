int classes(const char *p, char c, unsigned char u, int i)
{
	if (isalpha(c)) /* expect: ctype-signed-char */
		return 1;
	if (isspace(*p)) /* expect: ctype-signed-char */
		return 2;
	if (isdigit(p[i])) /* expect: ctype-signed-char */
		return 3;
	if (isalpha(u) || isdigit((unsigned char) *p) || isspace(i))
		return 4;
	return 0;
}
