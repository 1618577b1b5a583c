void tests_assignment(int a, int b)
{
	if (a = b) /* expect: assignment-in-condition */
		use(a);
	if ((a = b))
		use(a);
	while ((a = next()) != 0)
		use(a);
	if (a == b)
		use(b);
}
