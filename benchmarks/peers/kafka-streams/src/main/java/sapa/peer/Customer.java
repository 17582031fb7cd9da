package sapa.peer;

import java.util.Arrays;

/**
 * What the rules need to know of one customer, and no more: times in ms since 1970, 0 for never. Of each list of times only
 * as many are kept as a rule counts, since event time only advances: three views or three triggers within a window are
 * there if and only if the third latest lies in it.
 */
final class Customer {
  long lastEvent;
  long lastOrder;
  long cartDue;
  long lastInterest;

  /** Month (years * 12 + months) of the latest order, and what was spent in it. */
  int month;
  long monthSpend;

  /** The latest three triggers, the latest first. */
  long sent1;
  long sent2;
  long sent3;

  /** For each category viewed of late: its name as it stands in JSON, its two latest views. */
  int categories;
  byte[][] category = NO_NAMES;
  long[] view1 = NO_TIMES;
  long[] view2 = NO_TIMES;

  private static final byte[][] NO_NAMES = new byte[0][];
  private static final long[] NO_TIMES = new long[0];

  /** Takes a view in and gives the one before the last, 0 if there was none. */
  long addView(byte[] json, int from, int to, long time) {
    for (int i = 0; i < categories; i++) {
      if (Arrays.equals(category[i], 0, category[i].length, json, from, to)) {
        long third = view2[i];
        view2[i] = view1[i];
        view1[i] = time;
        return third;
      }
    }
    append(Arrays.copyOfRange(json, from, to), time, 0);
    return 0;
  }

  void append(byte[] name, long latest, long second) {
    if (categories == category.length) {
      int size = Math.max(2, categories * 2);
      category = Arrays.copyOf(category, size);
      view1 = Arrays.copyOf(view1, size);
      view2 = Arrays.copyOf(view2, size);
    }
    category[categories] = name;
    view1[categories] = latest;
    view2[categories] = second;
    categories++;
  }

  void addSent(long time) {
    sent3 = sent2;
    sent2 = sent1;
    sent1 = time;
  }
}
