package sapa.peer;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.Filter;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * One bound for the memory of all partitions' stores, as Kafka's own guide on memory has it: a block cache that also holds
 * indexes and filters, and a budget for write buffers inside it. Streams has switched RocksDB's log off already.
 */
public final class RocksTuning implements RocksDBConfigSetter {
  static final String MEMORY = "peer.rocksdb.memory.bytes";
  private static final long WRITE_BUFFER = 16L << 20;

  private static Cache cache;
  private static WriteBufferManager writeBuffers;
  private static Filter filter;

  private static synchronized void share(long bytes) {
    if (cache == null) {
      RocksDB.loadLibrary();
      cache = new LRUCache(bytes);
      writeBuffers = new WriteBufferManager(bytes / 2, cache);
      filter = new BloomFilter(10, false);
    }
  }

  @Override
  public void setConfig(String store, Options options, Map<String, Object> configs) {
    share(Long.parseLong(configs.get(MEMORY).toString()));
    BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
    table.setBlockCache(cache);
    table.setCacheIndexAndFilterBlocks(true);
    table.setPinTopLevelIndexAndFilter(true);
    table.setFilterPolicy(filter);
    options.setTableFormatConfig(table);
    options.setWriteBufferManager(writeBuffers);
    options.setWriteBufferSize(WRITE_BUFFER);
    options.setMaxBackgroundJobs(2);
  }

  @Override
  public void close(String store, Options options) {
    // What is shared lives as long as the process.
  }
}
