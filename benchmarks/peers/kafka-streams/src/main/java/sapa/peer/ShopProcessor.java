package sapa.peer;

import java.util.PriorityQueue;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * One partition of `shop`: customers in a state store, and the carts' timers in memory. The timers are derived from the
 * customers, so they cost no writes; a task that starts with state reads them out of the store once. A timer that a later
 * event has put off or cancelled is recognised when it comes up, by the customer's own time.
 */
final class ShopProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  static final String STORE = "customers";

  private record CartTimer(long due, byte[] key) implements Comparable<CartTimer> {
    @Override
    public int compareTo(CartTimer other) {
      return Long.compare(due, other.due);
    }
  }

  private final LongAdder processed;
  private final LongAdder malformed;
  private final EventReader reader = new EventReader();
  private final ShopEvent event = new ShopEvent();
  private final TriggerWriter writer = new TriggerWriter();
  private final ShopRules rules = new ShopRules(this::send);
  private final PriorityQueue<CartTimer> timers = new PriorityQueue<>();
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], Customer> customers;

  // For whom, and because of which event (null: a timer), the rules run at present.
  private byte[] key;
  private ShopEvent cause;

  ShopProcessor(LongAdder processed, LongAdder malformed) {
    this.processed = processed;
    this.malformed = malformed;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> given) {
    context = given;
    customers = context.getStateStore(STORE);
    try (KeyValueIterator<byte[], Customer> all = customers.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], Customer> entry = all.next();
        if (entry.value.cartDue != 0) {
          timers.add(new CartTimer(entry.value.cartDue, entry.key));
        }
      }
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    fireTimersUpTo(record.timestamp());
    if (record.key() != null
        && record.value() != null
        && reader.read(record.value(), record.timestamp(), event)) {
      handle(record.key());
    } else {
      malformed.increment();
    }
    processed.increment();
  }

  private void handle(byte[] user) {
    Customer customer = customers.get(user);
    if (customer == null) {
      customer = new Customer();
    }
    key = user;
    cause = event;
    rules.handle(customer, event);
    customers.put(user, customer);
    if (event.kind == ShopEvent.Kind.ADDED) {
      timers.add(new CartTimer(customer.cartDue, user));
    }
  }

  private void fireTimersUpTo(long time) {
    for (CartTimer next = timers.peek(); next != null && next.due <= time; next = timers.peek()) {
      timers.poll();
      Customer customer = customers.get(next.key);
      if (customer == null || customer.cartDue != next.due) {
        continue;
      }
      key = next.key;
      cause = null;
      rules.fireCart(customer);
      customers.put(key, customer);
    }
  }

  private void send(Campaign campaign, long time) {
    context.forward(new Record<>(key, writer.write(campaign, key, time, cause), time));
  }
}
