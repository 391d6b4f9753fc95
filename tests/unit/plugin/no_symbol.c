/* A shared library that is no plug-in. */
int healthcast_test_of_nothing(void);
int healthcast_test_of_nothing(void)
{
  return 1;
}
