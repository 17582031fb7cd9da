package sapa.peer;

import java.nio.charset.StandardCharsets;

/** The workload's rules, in the order in which they are considered when one event fires several. */
enum Campaign {
  TIER_GOLD("tier-gold", "popup"),
  TIER_BLUE("tier-blue", "popup"),
  FIRST_ORDER_SURVEY("first-order-survey", "popup"),
  BIG_SPENDER("big-spender", "push"),
  CART_ABANDONMENT("cart-abandonment", "push"),
  CATEGORY_INTEREST("category-interest", "popup"),
  WELCOME_BACK("welcome-back", "popup");

  /** What a trigger's JSON begins with, up to and with the opening quote of the user's id. */
  final byte[] opening;

  Campaign(String id, String channel) {
    opening =
        ("{\"campaign\":\"" + id + "\",\"channel\":\"" + channel + "\",\"userId\":\"")
            .getBytes(StandardCharsets.UTF_8);
  }
}
