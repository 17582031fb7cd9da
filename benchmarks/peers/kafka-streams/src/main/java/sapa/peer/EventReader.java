package sapa.peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the fields of a ShopEvent out of JSON, in any order, in one pass over the bytes and without an object for anything.
 * What it doesn't need it skips, minding strings and nesting. An instance belongs to one thread.
 */
final class EventReader {
  private static final byte[] OPENED = bytesOf("Application Opened");
  private static final byte[] VIEWED = bytesOf("Product Viewed");
  private static final byte[] ADDED = bytesOf("Product Added");
  private static final byte[] ORDERED = bytesOf("Order Completed");
  private static final byte[] JAKARTA = bytesOf("Jakarta");
  private static final byte[] EVENT = bytesOf("event");
  private static final byte[] MESSAGE_ID = bytesOf("messageId");
  private static final byte[] PROPERTIES = bytesOf("properties");
  private static final byte[] CONTEXT = bytesOf("context");
  private static final byte[] CATEGORY = bytesOf("category");
  private static final byte[] TOTAL = bytesOf("total");
  private static final byte[] CITY = bytesOf("city");

  private byte[] json;
  private int at;
  private int from; // of the string read last
  private int to;

  /** False if it is no JSON object. */
  boolean read(byte[] bytes, long time, ShopEvent event) {
    json = bytes;
    at = 0;
    event.reset(bytes, time);
    try {
      expect('{');
      if (endOfObject()) {
        return true;
      }
      do {
        readMember(event);
      } while (more());
      return true;
    } catch (ArrayIndexOutOfBoundsException | IllegalArgumentException error) {
      return false;
    }
  }

  private void readMember(ShopEvent event) {
    name();
    if (is(EVENT)) {
      string();
      event.kind = kind();
    } else if (is(MESSAGE_ID)) {
      string();
      event.idFrom = from;
      event.idTo = to;
    } else if (is(PROPERTIES) && peek() == '{') {
      readProperties(event);
    } else if (is(CONTEXT) && peek() == '{') {
      readContext(event);
    } else {
      skip();
    }
  }

  private void readProperties(ShopEvent event) {
    expect('{');
    if (endOfObject()) {
      return;
    }
    do {
      name();
      if (is(CATEGORY) && peek() == '"') {
        string();
        event.categoryFrom = from;
        event.categoryTo = to;
      } else if (is(TOTAL)) {
        event.total = integer();
      } else {
        skip();
      }
    } while (more());
  }

  private void readContext(ShopEvent event) {
    expect('{');
    if (endOfObject()) {
      return;
    }
    do {
      name();
      if (is(CITY) && peek() == '"') {
        string();
        event.inJakarta = is(JAKARTA);
      } else {
        skip();
      }
    } while (more());
  }

  private ShopEvent.Kind kind() {
    if (is(VIEWED)) {
      return ShopEvent.Kind.VIEWED;
    }
    if (is(ADDED)) {
      return ShopEvent.Kind.ADDED;
    }
    if (is(OPENED)) {
      return ShopEvent.Kind.OPENED;
    }
    return is(ORDERED) ? ShopEvent.Kind.ORDERED : ShopEvent.Kind.OTHER;
  }

  private boolean is(byte[] text) {
    return to - from == text.length && Arrays.equals(json, from, to, text, 0, text.length);
  }

  private byte peek() {
    while (json[at] <= ' ' && json[at] >= 0) {
      at++;
    }
    return json[at];
  }

  private void expect(char what) {
    if (peek() != what) {
      throw new IllegalArgumentException();
    }
    at++;
  }

  private boolean endOfObject() {
    if (peek() != '}') {
      return false;
    }
    at++;
    return true;
  }

  /** After a member: true if another follows, false at the object's end, which it passes. */
  private boolean more() {
    byte next = peek();
    at++;
    if (next == ',') {
      return true;
    }
    if (next == '}') {
      return false;
    }
    throw new IllegalArgumentException();
  }

  private void name() {
    string();
    expect(':');
  }

  private void string() {
    expect('"');
    from = at;
    byte[] text = json;
    int i = at;
    while (text[i] != '"') {
      i += text[i] == '\\' ? 2 : 1;
    }
    to = i;
    at = i + 1;
  }

  private long integer() {
    boolean negative = peek() == '-';
    if (negative) {
      at++;
    }
    int start = at;
    long value = 0;
    while (json[at] >= '0' && json[at] <= '9') {
      value = value * 10 + (json[at++] - '0');
    }
    if (at == start) {
      throw new IllegalArgumentException();
    }
    return negative ? -value : value;
  }

  private void skip() {
    byte first = peek();
    if (first == '"') {
      string();
      return;
    }
    if (first != '{' && first != '[') {
      byte[] text = json;
      int i = at;
      while (text[i] != ',' && text[i] != '}' && text[i] != ']') {
        i++;
      }
      at = i;
      return;
    }
    int depth = 0;
    do {
      byte next = json[at];
      if (next == '"') {
        string();
        continue;
      }
      if (next == '{' || next == '[') {
        depth++;
      } else if (next == '}' || next == ']') {
        depth--;
      }
      at++;
    } while (depth > 0);
  }

  private static byte[] bytesOf(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
