package sapa.peer;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/** The workload's rules over one customer, exactly as workload.md words them. Pure but for what it calls. */
final class ShopRules {
  /** Gets each trigger that is sent. */
  interface Sender {
    void send(Campaign campaign, long time);
  }

  static final long MINUTE = 60_000;
  static final long DAY = 24 * 60 * MINUTE;
  static final long VIEWS_WINDOW = 10 * MINUTE;
  private static final long CART_DELAY = 30 * MINUTE;
  private static final long ABSENCE = 60 * MINUTE;
  private static final long GOLD = 100_000_000;
  private static final long BLUE = 5_000_000;
  private static final long BIG_ORDER = 1_000_000;
  private static final ZoneId JAKARTA = ZoneId.of("Asia/Jakarta");

  private final Sender sender;
  // The month asked for last, since the next is nearly always the same.
  private int month;
  private long monthFrom;
  private long monthTo;

  ShopRules(Sender sender) {
    this.sender = sender;
  }

  /** The cart's timer has come due. */
  void fireCart(Customer customer) {
    long due = customer.cartDue;
    customer.cartDue = 0;
    send(customer, Campaign.CART_ABANDONMENT, due);
  }

  /** Precondition: what is due at or before the event has fired. */
  void handle(Customer customer, ShopEvent event) {
    switch (event.kind) {
      case ORDERED -> order(customer, event);
      case ADDED -> customer.cartDue = event.time + CART_DELAY;
      case VIEWED -> view(customer, event);
      case OPENED -> {
        if (customer.lastEvent != 0 && event.time - customer.lastEvent >= ABSENCE) {
          send(customer, Campaign.WELCOME_BACK, event.time);
        }
      }
      default -> {}
    }
    customer.lastEvent = event.time;
  }

  private void order(Customer customer, ShopEvent event) {
    long time = event.time;
    int thisMonth = monthOf(time);
    boolean first = customer.lastOrder == 0;
    long before = customer.month == thisMonth ? customer.monthSpend : 0;
    long after = before + event.total;
    customer.month = thisMonth;
    customer.monthSpend = after;
    customer.lastOrder = time;
    customer.cartDue = 0;
    if (before < GOLD && after >= GOLD) {
      send(customer, Campaign.TIER_GOLD, time);
    } else if (before < BLUE && after >= BLUE) {
      send(customer, Campaign.TIER_BLUE, time);
    }
    if (first) {
      send(customer, Campaign.FIRST_ORDER_SURVEY, time);
    }
    if (event.total >= BIG_ORDER && event.inJakarta) {
      send(customer, Campaign.BIG_SPENDER, time);
    }
  }

  private void view(Customer customer, ShopEvent event) {
    long time = event.time;
    long third = customer.addView(event.json, event.categoryFrom, event.categoryTo, time);
    if (third > time - VIEWS_WINDOW
        && customer.lastOrder <= time - DAY
        && customer.lastInterest <= time - DAY
        && send(customer, Campaign.CATEGORY_INTEREST, time)) {
      customer.lastInterest = time;
    }
  }

  /** Unless the frequency cap forbids; what it forbids leaves no trace. */
  private boolean send(Customer customer, Campaign campaign, long time) {
    if (customer.sent3 > time - DAY) {
      return false;
    }
    customer.addSent(time);
    sender.send(campaign, time);
    return true;
  }

  private int monthOf(long time) {
    if (time < monthFrom || time >= monthTo) {
      LocalDate first = LocalDate.ofInstant(Instant.ofEpochMilli(time), JAKARTA).withDayOfMonth(1);
      month = first.getYear() * 12 + first.getMonthValue();
      monthFrom = first.atStartOfDay(JAKARTA).toInstant().toEpochMilli();
      monthTo = first.plusMonths(1).atStartOfDay(JAKARTA).toInstant().toEpochMilli();
    }
    return month;
  }
}
