package sapa.peer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The command line. */
final class Options {
  static final String USAGE =
      """
      The reference workload `shop` on Kafka Streams.

      usage: run [OPTION VALUE]...
        --bootstrap-servers LIST  Kafka (default 127.0.0.1:9092)
        --input TOPIC             the events (default events)
        --output TOPIC            the triggers; it must be there (default triggers)
        --application-id ID       also the name of the group and of the changelog (default shop-peer)
        --guarantee NAME          exactly_once_v2 or at_least_once (default exactly_once_v2)
        --threads N               (default 2)
        --state-dir DIR           (default /tmp/kafka-streams)
        --store KIND              rocksdb or memory (default rocksdb)
        --cache-megabytes N       the record cache of all threads (default 64)
        --rocksdb-megabytes N     block cache and write buffers of all stores (default 128)
        --commit-interval-ms N    (default: that of Kafka Streams, 100 with exactly_once_v2, else 30000)
        --linger-ms N             how long the producer gathers what is not committed (default 5)
        --until-caught-up yes     ends once all has been processed that is there at the start
        --option NAME=VALUE       any option of Kafka Streams; more than once

      Writes `running` to standard output once all partitions are worked on, and at the end one line of JSON.
      Memory of Java's heap: JAVA_HEAP in the environment (default 1g).

      examples:
        run --input events --output triggers --until-caught-up yes
        JAVA_HEAP=2g run --guarantee at_least_once --threads 1
      """;

  static final class Wrong extends Exception {
    private static final long serialVersionUID = 1;

    Wrong(String why) {
      super(why);
    }
  }

  private static final Set<String> GUARANTEES = Set.of("exactly_once_v2", "at_least_once");

  String servers = "127.0.0.1:9092";
  String input = "events";
  String output = "triggers";
  String applicationId = "shop-peer";
  String guarantee = "exactly_once_v2";
  String stateDir = "/tmp/kafka-streams";
  boolean inMemory;
  boolean untilCaughtUp;
  int threads = 2;
  long cacheMegabytes = 64;
  long rocksMegabytes = 128;
  long commitIntervalMs = -1;
  long lingerMs = 5;
  final Map<String, String> more = new LinkedHashMap<>();

  static Options parse(String[] arguments) throws Wrong {
    Options options = new Options();
    for (int i = 0; i < arguments.length; i += 2) {
      if (i + 1 == arguments.length) {
        throw new Wrong(arguments[i] + ": a value is missing");
      }
      options.set(arguments[i], arguments[i + 1]);
    }
    return options;
  }

  private void set(String name, String value) throws Wrong {
    switch (name) {
      case "--bootstrap-servers" -> servers = value;
      case "--input" -> input = value;
      case "--output" -> output = value;
      case "--application-id" -> applicationId = value;
      case "--guarantee" -> guarantee = oneOf(name, value, GUARANTEES);
      case "--state-dir" -> stateDir = value;
      case "--store" -> inMemory = oneOf(name, value, Set.of("rocksdb", "memory")).equals("memory");
      case "--until-caught-up" ->
          untilCaughtUp = oneOf(name, value, Set.of("yes", "no")).equals("yes");
      case "--threads" -> threads = (int) number(name, value);
      case "--cache-megabytes" -> cacheMegabytes = number(name, value);
      case "--rocksdb-megabytes" -> rocksMegabytes = number(name, value);
      case "--commit-interval-ms" -> commitIntervalMs = number(name, value);
      case "--linger-ms" -> lingerMs = number(name, value);
      case "--option" -> {
        int equals = value.indexOf('=');
        if (equals < 1) {
          throw new Wrong(name + ": NAME=VALUE, not '" + value + "'");
        }
        more.put(value.substring(0, equals), value.substring(equals + 1));
      }
      default -> throw new Wrong("unknown option: " + name);
    }
  }

  private static String oneOf(String name, String value, Set<String> allowed) throws Wrong {
    if (!allowed.contains(value)) {
      throw new Wrong(name + ": one of " + String.join(", ", allowed) + ", not '" + value + "'");
    }
    return value;
  }

  private static long number(String name, String value) throws Wrong {
    try {
      long number = Long.parseLong(value);
      if (number >= 0 && number <= Integer.MAX_VALUE) {
        return number;
      }
    } catch (NumberFormatException error) {
      // said below
    }
    throw new Wrong(name + ": a number, not '" + value + "'");
  }
}
