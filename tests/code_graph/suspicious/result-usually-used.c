void uses(void)
{
	if (connects(0) < 0)
		return;
	if (connects(1) < 0)
		return;
	if (connects(2) < 0)
		return;
	if (connects(3) < 0)
		return;
	if (connects(4) < 0)
		return;
	if (connects(5) < 0)
		return;
	if (connects(6) < 0)
		return;
	if (connects(7) < 0)
		return;
	if (connects(8) < 0)
		return;
	if (connects(9) < 0)
		return;
	if (connects(10) < 0)
		return;
	if (connects(11) < 0)
		return;
	if (connects(12) < 0)
		return;
	if (connects(13) < 0)
		return;
	if (connects(14) < 0)
		return;
	if (connects(15) < 0)
		return;
	if (connects(16) < 0)
		return;
	if (connects(17) < 0)
		return;
	if (connects(18) < 0)
		return;
	if (connects(19) < 0)
		return;
	if (connects(20) < 0)
		return;
	if (connects(21) < 0)
		return;
	if (connects(22) < 0)
		return;
	if (connects(23) < 0)
		return;
	if (connects(24) < 0)
		return;
	if (connects(25) < 0)
		return;
	if (connects(26) < 0)
		return;
	if (connects(27) < 0)
		return;
	if (connects(28) < 0)
		return;
	if (connects(29) < 0)
		return;
	if (connects(30) < 0)
		return;
	if (connects(31) < 0)
		return;
	if (connects(33) + connects(34) + connects(35) + connects(36))
		return;
	connects(99); /* expect: result-usually-used */
	(void) connects(98);
	rarely(1);
	if (rarely(2))
		rarely(3);
}
