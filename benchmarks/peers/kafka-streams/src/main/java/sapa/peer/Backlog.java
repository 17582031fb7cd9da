package sapa.peer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** How many records of a topic a group has yet to read. */
final class Backlog {
  static long records(String servers, String group, String topic)
      throws ExecutionException, InterruptedException {
    Properties configuration = new Properties();
    configuration.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    try (Admin admin = Admin.create(configuration)) {
      List<TopicPartitionInfo> partitions =
          admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions();
      Map<TopicPartition, OffsetSpec> first = new HashMap<>();
      Map<TopicPartition, OffsetSpec> last = new HashMap<>();
      for (TopicPartitionInfo partition : partitions) {
        TopicPartition where = new TopicPartition(topic, partition.partition());
        first.put(where, OffsetSpec.earliest());
        last.put(where, OffsetSpec.latest());
      }
      var begins = admin.listOffsets(first).all().get();
      var ends = admin.listOffsets(last).all().get();
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      long records = 0;
      for (TopicPartition where : last.keySet()) {
        OffsetAndMetadata read = committed.get(where);
        records += ends.get(where).offset() - (read != null ? read.offset() : begins.get(where).offset());
      }
      return records;
    }
  }

  private Backlog() {}
}
