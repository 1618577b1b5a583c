void two_on_a_line(int x)
{
	if (x > 1) first(x); second(x); /* expect: misleading-indentation */
	if (x > 2)
		first(x);
	second(x);
}
