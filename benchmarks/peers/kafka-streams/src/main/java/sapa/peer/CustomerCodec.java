package sapa.peer;

import java.util.Arrays;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * A customer as a few dozen bytes: a byte of flags that says what is there, the time of the last event as a variable-length
 * number, and every other time as a zigzag difference from it. What has left its window is left out.
 *
 * <pre>
 * flags       1 ordered, 2 cart, 4 interest, 8 categories, 16/32 number of sent times (0 to 3)
 * lastEvent   varint
 * ordered     zigzag lastOrder, varint month, varint monthSpend
 * cart        zigzag cartDue
 * interest    zigzag lastInterest
 * sent        zigzag each, the latest first
 * categories  varint count, for each: varint length, name, zigzag view1, varint view1 - view2 (0: no second view)
 * </pre>
 *
 * <p>An instance belongs to one thread; serde() may be used by all.
 */
final class CustomerCodec {
  private static final int ORDERED = 1;
  private static final int CART = 2;
  private static final int INTEREST = 4;
  private static final int CATEGORIES = 8;
  private static final int SENT_SHIFT = 4;

  private byte[] bytes = new byte[256]; // what is being written
  private byte[] read; // what is being read
  private int at;

  private static final ThreadLocal<CustomerCodec> OF_THREAD = ThreadLocal.withInitial(CustomerCodec::new);

  static Serde<Customer> serde() {
    return Serdes.serdeFrom(
        (topic, customer) -> customer == null ? null : OF_THREAD.get().encode(customer),
        (topic, bytes) -> bytes == null ? null : OF_THREAD.get().decode(bytes));
  }

  private byte[] encode(Customer customer) {
    long base = customer.lastEvent;
    long since = base - ShopRules.DAY;
    int sent = customer.sent1 <= since ? 0 : customer.sent2 <= since ? 1 : customer.sent3 <= since ? 2 : 3;
    boolean interest = customer.lastInterest > since;
    int flags =
        (customer.lastOrder != 0 ? ORDERED : 0)
            | (customer.cartDue != 0 ? CART : 0)
            | (interest ? INTEREST : 0)
            | (recentCategories(customer) > 0 ? CATEGORIES : 0)
            | sent << SENT_SHIFT;
    at = 0;
    bytes[at++] = (byte) flags;
    putVarint(base);
    if (customer.lastOrder != 0) {
      putZigzag(base - customer.lastOrder);
      putVarint(customer.month);
      putVarint(customer.monthSpend);
    }
    if (customer.cartDue != 0) {
      putZigzag(base - customer.cartDue);
    }
    if (interest) {
      putZigzag(base - customer.lastInterest);
    }
    if (sent > 0) {
      putZigzag(base - customer.sent1);
    }
    if (sent > 1) {
      putZigzag(base - customer.sent2);
    }
    if (sent > 2) {
      putZigzag(base - customer.sent3);
    }
    if ((flags & CATEGORIES) != 0) {
      putCategories(customer);
    }
    return Arrays.copyOf(bytes, at);
  }

  private static boolean isRecent(Customer customer, int i) {
    return customer.view1[i] > customer.lastEvent - ShopRules.VIEWS_WINDOW;
  }

  private static int recentCategories(Customer customer) {
    int count = 0;
    for (int i = 0; i < customer.categories; i++) {
      if (isRecent(customer, i)) {
        count++;
      }
    }
    return count;
  }

  private void putCategories(Customer customer) {
    putVarint(recentCategories(customer));
    for (int i = 0; i < customer.categories; i++) {
      if (!isRecent(customer, i)) {
        continue;
      }
      byte[] name = customer.category[i];
      // 40 bytes hold the numbers of one category and all that comes before the first.
      if (at + name.length + 40 > bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * (at + name.length + 40));
      }
      putVarint(name.length);
      System.arraycopy(name, 0, bytes, at, name.length);
      at += name.length;
      putZigzag(customer.lastEvent - customer.view1[i]);
      putVarint(customer.view2[i] == 0 ? 0 : customer.view1[i] - customer.view2[i]);
    }
  }

  private void putVarint(long value) {
    while ((value & ~0x7FL) != 0) {
      bytes[at++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    bytes[at++] = (byte) value;
  }

  private void putZigzag(long value) {
    putVarint(value << 1 ^ value >> 63);
  }

  private Customer decode(byte[] data) {
    read = data;
    at = 0;
    Customer customer = new Customer();
    try {
      int flags = read[at++];
      long base = customer.lastEvent = varint();
      if ((flags & ORDERED) != 0) {
        customer.lastOrder = base - zigzag();
        customer.month = (int) varint();
        customer.monthSpend = varint();
      }
      if ((flags & CART) != 0) {
        customer.cartDue = base - zigzag();
      }
      if ((flags & INTEREST) != 0) {
        customer.lastInterest = base - zigzag();
      }
      int sent = flags >> SENT_SHIFT & 3;
      customer.sent1 = sent > 0 ? base - zigzag() : 0;
      customer.sent2 = sent > 1 ? base - zigzag() : 0;
      customer.sent3 = sent > 2 ? base - zigzag() : 0;
      if ((flags & CATEGORIES) != 0) {
        readCategories(customer);
      }
    } catch (ArrayIndexOutOfBoundsException error) {
      throw new SerializationException("a customer's record is cut short", error);
    }
    return customer;
  }

  private void readCategories(Customer customer) {
    for (int left = (int) varint(); left > 0; left--) {
      int length = (int) varint();
      byte[] name = Arrays.copyOfRange(read, at, at + length);
      at += length;
      long latest = customer.lastEvent - zigzag();
      long apart = varint();
      customer.append(name, latest, apart == 0 ? 0 : latest - apart);
    }
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = read[at++];
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private long zigzag() {
    long value = varint();
    return value >>> 1 ^ -(value & 1);
  }
}
