hc_test(test_campaign SOURCES test_campaign.c NEEDS campaign RANKS 1 2 4 LABELS unit)
