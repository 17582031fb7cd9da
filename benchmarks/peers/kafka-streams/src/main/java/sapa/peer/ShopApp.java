package sapa.peer;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Wires the topology, runs it until it is stopped or has caught up, and says how long that took. */
public final class ShopApp {
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(60);

  private final Options options;
  private final LongAdder processed = new LongAdder();
  private final LongAdder malformed = new LongAdder();
  private final CountDownLatch end = new CountDownLatch(1);
  private volatile boolean failed;

  private ShopApp(Options options) {
    this.options = options;
  }

  private Topology topology() {
    StoreBuilder<KeyValueStore<byte[], Customer>> customers =
        Stores.keyValueStoreBuilder(
                options.inMemory
                    ? Stores.inMemoryKeyValueStore(ShopProcessor.STORE)
                    : Stores.persistentKeyValueStore(ShopProcessor.STORE),
                Serdes.ByteArray(),
                CustomerCodec.serde())
            .withCachingEnabled()
            .withLoggingEnabled(Map.of());
    return new Topology()
        .addSource("events", new ByteArrayDeserializer(), new ByteArrayDeserializer(), options.input)
        .addProcessor("rules", () -> new ShopProcessor(processed, malformed), "events")
        .addStateStore(customers, "rules")
        .addSink(
            "triggers", options.output, new ByteArraySerializer(), new ByteArraySerializer(), "rules");
  }

  private Properties configuration() {
    Properties all = new Properties();
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, options.applicationId);
    all.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.servers);
    all.put(StreamsConfig.STATE_DIR_CONFIG, options.stateDir);
    all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, options.guarantee);
    all.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.threads);
    all.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, options.cacheMegabytes << 20);
    all.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksTuning.class);
    all.put(RocksTuning.MEMORY, options.rocksMegabytes << 20);
    if (options.commitIntervalMs >= 0) {
      all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, options.commitIntervalMs);
    }
    // Large batches both ways; latency is bounded by linger and by the interval of commits.
    all.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 5000);
    all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5000);
    all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), 1 << 20);
    all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    all.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    all.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), options.lingerMs);
    all.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64 << 20);
    all.put(StreamsConfig.producerPrefix(ProducerConfig.SEND_BUFFER_CONFIG), 1 << 20);
    all.putAll(options.more);
    return all;
  }

  private int run() throws Exception {
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    long expected =
        options.untilCaughtUp ? Backlog.records(options.servers, options.applicationId, options.input) : -1;
    KafkaStreams streams = new KafkaStreams(topology(), configuration());
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          failed = true;
          end.countDown();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING) {
            System.out.println("running");
          }
        });
    Thread main = Thread.currentThread();
    Thread stop =
        new Thread(
            () -> {
              end.countDown();
              try {
                main.join(CLOSE_WITHIN.toMillis());
              } catch (InterruptedException error) {
                Thread.currentThread().interrupt();
              }
            });
    Runtime.getRuntime().addShutdownHook(stop);
    streams.start();
    long first = waitForTheFirst();
    while (!end.await(5, TimeUnit.MILLISECONDS) && (expected < 0 || processed.sum() < expected)) {}
    long done = System.currentTimeMillis();
    boolean closed = streams.close(CLOSE_WITHIN);
    System.out.printf(
        "{\"events\":%d,\"malformed\":%d,\"seconds\":%.3f,\"seconds_from_first\":%.3f,\"seconds_closed\":%.3f}%n",
        processed.sum(),
        malformed.sum(),
        (done - started) / 1e3,
        (done - first) / 1e3,
        (System.currentTimeMillis() - started) / 1e3);
    return closed && !failed && malformed.sum() == 0 ? 0 : 1;
  }

  private long waitForTheFirst() throws InterruptedException {
    while (processed.sum() == 0 && !end.await(1, TimeUnit.MILLISECONDS)) {}
    return System.currentTimeMillis();
  }

  /** Ends with 0, 1 after a failure or a malformed record, 2 for a wrong command line. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 1 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
      System.out.print(Options.USAGE);
      return;
    }
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (Options.Wrong wrong) {
      System.err.println(wrong.getMessage() + "\n\n" + Options.USAGE);
      System.exit(2);
      return;
    }
    // Not System.exit, which would wait for the hook, which waits for this thread.
    Runtime.getRuntime().halt(new ShopApp(options).run());
  }
}
