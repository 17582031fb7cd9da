package sapa.peer;

/** The few fields of an event that the rules read; texts as ranges of the record's bytes, as they stand in JSON. */
final class ShopEvent {
  enum Kind {
    OPENED,
    VIEWED,
    ADDED,
    ORDERED,
    OTHER
  }

  byte[] json;
  Kind kind;
  long time;
  long total;
  int idFrom;
  int idTo;
  int categoryFrom;
  int categoryTo;
  boolean inJakarta;

  void reset(byte[] bytes, long at) {
    json = bytes;
    time = at;
    kind = Kind.OTHER;
    total = 0;
    idFrom = idTo = categoryFrom = categoryTo = 0;
    inJakarta = false;
  }
}
