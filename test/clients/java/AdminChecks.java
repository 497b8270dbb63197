import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What an operator's AdminClient does with groups, offsets and the cluster: one JSON line per check. Arguments: bootstrap. */
public final class AdminChecks {
  private interface Check {
    void run() throws Exception;
  }

  private static String bootstrap;
  private static Admin admin;

  public static void main(String[] arguments) throws Exception {
    bootstrap = arguments[0];
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("default.api.timeout.ms", 30_000);
    admin = Admin.create(config);
    Map<String, Check> checks = new LinkedHashMap<>();
    checks.put("a group without members: list, describe, alter, delete", AdminChecks::emptyGroup);
    checks.put("a group with a member: describe, refuse, remove the member", AdminChecks::liveGroup);
    checks.put("a static member is removed by its instance id", AdminChecks::staticMember);
    checks.put("groups that do not exist", AdminChecks::noGroup);
    checks.put("deleteRecords", AdminChecks::deleteRecords);
    checks.put("describeProducers", AdminChecks::producers);
    checks.put("describeLogDirs", AdminChecks::logDirs);
    checks.put("describeFeatures", AdminChecks::features);
    checks.put("electLeaders", AdminChecks::electLeaders);
    checks.put("partition reassignments", AdminChecks::reassignments);
    checks.put("client quotas", AdminChecks::quotas);
    checks.put("ACLs", AdminChecks::acls);
    checks.put("SCRAM credentials", AdminChecks::scram);
    checks.put("listConfigResources", AdminChecks::configResources);
    checks.put("transactions", AdminChecks::transactions);
    checks.put("a transactional producer is told at once", AdminChecks::transactionalProducer);
    for (Map.Entry<String, Check> check : checks.entrySet()) report(check.getKey(), check.getValue());
    admin.close();
  }

  private static void report(String name, Check check) {
    String detail = "";
    try {
      check.run();
    } catch (Throwable error) {
      StackTraceElement[] trace = error.getStackTrace();
      String where = "";
      for (StackTraceElement each : trace) {
        if (each.getClassName().equals("AdminChecks") && !each.getMethodName().equals("same")) {
          where = " at line " + each.getLineNumber();
          break;
        }
      }
      detail = error + where;
    }
    String escaped = detail.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", " ").replace("\t", " ");
    System.out.println("{\"check\":\"" + name + "\",\"ok\":" + detail.isEmpty() + ",\"detail\":\"" + escaped + "\"}");
  }

  private static <T> T done(org.apache.kafka.common.KafkaFuture<T> future) throws Exception {
    try {
      return future.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException error) {
      if (error.getCause() instanceof Exception cause) throw cause;
      throw error;
    }
  }

  private static void same(Object expected, Object actual, String what) {
    if (!expected.equals(actual)) throw new AssertionError(what + ": expected " + expected + ", got " + actual);
  }

  private static <E extends Throwable> E refused(Class<E> type, Check check) throws Exception {
    try {
      check.run();
    } catch (Throwable error) {
      if (type.isInstance(error)) return type.cast(error);
      throw new AssertionError("expected " + type.getSimpleName() + ", got " + error, error);
    }
    throw new AssertionError("expected " + type.getSimpleName() + ", got an answer");
  }

  private static String newTopic(int partitions) throws Exception {
    String name = "admin-" + UUID.randomUUID();
    done(admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all());
    return name;
  }

  private static String group() {
    return "group-" + UUID.randomUUID();
  }

  private static void produce(String topic, int records) throws Exception {
    try (var producer = new KafkaProducer<>(Map.<String, Object>of("bootstrap.servers", bootstrap), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < records; i++) producer.send(new ProducerRecord<>(topic, 0, null, new byte[] {(byte) i}));
      producer.flush();
    }
  }

  private static KafkaConsumer<byte[], byte[]> member(String group, String topic, String instance) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("group.id", group);
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", false);
    config.put("client.id", "the-member");
    if (instance != null) config.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, instance);
    var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(List.of(topic));
    for (int i = 0; i < 200 && consumer.assignment().isEmpty(); i++) consumer.poll(Duration.ofMillis(200));
    same(1, consumer.assignment().size(), "partitions of the member");
    return consumer;
  }

  private static void emptyGroup() throws Exception {
    String topic = newTopic(2);
    String group = group();
    TopicPartition first = new TopicPartition(topic, 0);
    TopicPartition second = new TopicPartition(topic, 1);
    done(admin.alterConsumerGroupOffsets(group, Map.of(first, new OffsetAndMetadata(5, "note"), second, new OffsetAndMetadata(6))).all());
    Map<TopicPartition, OffsetAndMetadata> offsets = done(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    same(5L, offsets.get(first).offset(), "committed");
    same("note", offsets.get(first).metadata(), "metadata");
    same(2, offsets.size(), "committed partitions");
    ConsumerGroupDescription description = done(admin.describeConsumerGroups(List.of(group)).all()).get(group);
    same(GroupState.EMPTY, description.groupState(), "state");
    same(true, isListed(admin.listGroups(new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY))), group), "listed as empty");
    same(false, isListed(admin.listGroups(new ListGroupsOptions().inGroupStates(Set.of(GroupState.STABLE))), group), "listed as stable");
    same(true, isListed(admin.listGroups(new ListGroupsOptions().withTypes(Set.of(GroupType.CLASSIC))), group), "listed as classic");
    same(false, isListed(admin.listGroups(new ListGroupsOptions().withTypes(Set.of(GroupType.CONSUMER))), group), "listed as consumer");
    done(admin.deleteConsumerGroupOffsets(group, Set.of(first)).all());
    same(Set.of(second), done(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).keySet(), "left");
    refused(UnknownTopicOrPartitionException.class,
        () -> done(admin.deleteConsumerGroupOffsets(group, Set.of(new TopicPartition(topic, 9))).partitionResult(new TopicPartition(topic, 9))));
    done(admin.deleteConsumerGroups(List.of(group)).all());
    same(Map.of(), done(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()), "offsets of a deleted group");
    same(false, isListed(admin.listGroups(), group), "listed once deleted");
  }

  private static boolean isListed(ListGroupsResult result, String group) throws Exception {
    return done(result.all()).stream().anyMatch(each -> each.groupId().equals(group));
  }

  private static void liveGroup() throws Exception {
    String topic = newTopic(1);
    String other = newTopic(1);
    String group = group();
    TopicPartition place = new TopicPartition(topic, 0);
    TopicPartition elsewhere = new TopicPartition(other, 0);
    done(admin.alterConsumerGroupOffsets(group, Map.of(elsewhere, new OffsetAndMetadata(3))).all());
    try (var consumer = member(group, topic, null)) {
      consumer.commitSync(Map.of(place, new OffsetAndMetadata(0)));
      ConsumerGroupDescription description = done(admin.describeConsumerGroups(List.of(group)).all()).get(group);
      same(GroupState.STABLE, description.groupState(), "state");
      MemberDescription described = description.members().iterator().next();
      same("the-member", described.clientId(), "client id");
      same(Set.of(place), described.assignment().topicPartitions(), "assignment");
      refused(GroupNotEmptyException.class, () -> done(admin.deleteConsumerGroups(List.of(group)).all()));
      refused(GroupSubscribedToTopicException.class,
          () -> done(admin.deleteConsumerGroupOffsets(group, Set.of(place)).partitionResult(place)));
      done(admin.deleteConsumerGroupOffsets(group, Set.of(elsewhere)).partitionResult(elsewhere));
      refused(UnknownMemberIdException.class,
          () -> done(admin.alterConsumerGroupOffsets(group, Map.of(place, new OffsetAndMetadata(1))).all()));
      done(admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions()).all());
      same(GroupState.EMPTY, done(admin.describeConsumerGroups(List.of(group)).all()).get(group).groupState(), "state without members");
    }
    done(admin.deleteConsumerGroups(List.of(group)).all());
  }

  private static void staticMember() throws Exception {
    String topic = newTopic(1);
    String group = group();
    try (var consumer = member(group, topic, "one")) {
      MemberDescription described = done(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().iterator().next();
      same(Optional.of("one"), described.groupInstanceId(), "instance id");
      refused(UnknownMemberIdException.class, () -> done(admin.removeMembersFromConsumerGroup(group,
          new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("another")))).memberResult(new MemberToRemove("another"))));
      done(admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("one")))).all());
      same(0, done(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().size(), "members");
    }
  }

  private static void noGroup() throws Exception {
    refused(GroupIdNotFoundException.class, () -> done(admin.deleteConsumerGroups(List.of("no-such")).all()));
    refused(GroupIdNotFoundException.class, () -> done(admin.describeConsumerGroups(List.of("no-such")).all()));
    refused(GroupIdNotFoundException.class,
        () -> done(admin.deleteConsumerGroupOffsets("no-such", Set.of(new TopicPartition("t", 0))).all()));
    same(Map.of(), done(admin.listConsumerGroupOffsets("no-such").partitionsToOffsetAndMetadata()), "offsets");
  }

  private static void deleteRecords() throws Exception {
    String topic = newTopic(1);
    produce(topic, 10);
    TopicPartition place = new TopicPartition(topic, 0);
    same(4L, done(admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(4))).lowWatermarks().get(place)).lowWatermark(), "low watermark");
    refused(OffsetOutOfRangeException.class,
        () -> done(admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(100))).lowWatermarks().get(place)));
  }

  private static void producers() throws Exception {
    String topic = newTopic(2);
    produce(topic, 3);
    TopicPartition place = new TopicPartition(topic, 0);
    TopicPartition silent = new TopicPartition(topic, 1);
    DescribeProducersResult result = admin.describeProducers(List.of(place, silent));
    List<ProducerState> active = done(result.partitionResult(place)).activeProducers();
    same(1, active.size(), "producers");
    same(2, active.get(0).lastSequence(), "last sequence");
    same(0, active.get(0).producerEpoch(), "epoch");
    same(0, done(result.partitionResult(silent)).activeProducers().size(), "producers of a silent partition");
  }

  private static void logDirs() throws Exception {
    String topic = newTopic(1);
    int broker = broker();
    boolean there = done(admin.describeLogDirs(List.of(broker)).allDescriptions()).get(broker).values().stream()
        .anyMatch(each -> each.replicaInfos().containsKey(new TopicPartition(topic, 0)));
    same(true, there, "partition in a log directory");
  }

  private static int broker() throws Exception {
    return done(admin.describeCluster().nodes()).iterator().next().id();
  }

  private static void features() throws Exception {
    FeatureMetadata features = done(admin.describeFeatures().featureMetadata());
    same(Map.of(), features.finalizedFeatures(), "finalized features");
  }

  private static void electLeaders() throws Exception {
    TopicPartition place = new TopicPartition(newTopic(1), 0);
    TopicPartition none = new TopicPartition(place.topic(), 7);
    for (ElectionType type : ElectionType.values()) {
      Map<TopicPartition, Optional<Throwable>> outcome = done(admin.electLeaders(type, Set.of(place, none)).partitions());
      same(ElectionNotNeededException.class, outcome.get(place).orElseThrow().getClass(), type.toString());
      same(UnknownTopicOrPartitionException.class, outcome.get(none).orElseThrow().getClass(), type.toString());
    }
    same(Map.of(), done(admin.electLeaders(ElectionType.PREFERRED, null).partitions()), "elections of all topics");
  }

  private static void reassignments() throws Exception {
    TopicPartition place = new TopicPartition(newTopic(1), 0);
    int broker = broker();
    var here = Optional.of(new NewPartitionReassignment(List.of(broker)));
    var elsewhere = Optional.of(new NewPartitionReassignment(List.of(broker + 1)));
    done(admin.alterPartitionReassignments(Map.of(place, here)).all());
    refused(InvalidReplicaAssignmentException.class, () -> done(admin.alterPartitionReassignments(Map.of(place, elsewhere)).all()));
    refused(NoReassignmentInProgressException.class,
        () -> done(admin.alterPartitionReassignments(Map.of(place, Optional.<NewPartitionReassignment>empty())).all()));
    refused(UnknownTopicOrPartitionException.class,
        () -> done(admin.alterPartitionReassignments(Map.of(new TopicPartition(place.topic(), 7), here)).all()));
    same(Map.of(), done(admin.listPartitionReassignments().reassignments()), "reassignments");
    same(Map.of(), done(admin.listPartitionReassignments(Set.of(place)).reassignments()), "reassignments of one partition");
  }

  private static void quotas() throws Exception {
    same(Map.of(), done(admin.describeClientQuotas(ClientQuotaFilter.all()).entities()), "quotas");
    same(Map.of(), done(admin.describeClientQuotas(ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntity("user", "u")))).entities()), "quotas of a user");
    var alteration = new ClientQuotaAlteration(new ClientQuotaEntity(Map.of("user", "u")), List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1000.0)));
    done(admin.alterClientQuotas(List.of(alteration)).all());
    same(Map.of("producer_byte_rate", 1000.0), done(admin.describeClientQuotas(ClientQuotaFilter.all()).entities()).get(alteration.entity()), "the quota that was set");
    var taken = new ClientQuotaAlteration(alteration.entity(), List.of(new ClientQuotaAlteration.Op("producer_byte_rate", null)));
    done(admin.alterClientQuotas(List.of(taken)).all());
    same(Map.of(), done(admin.describeClientQuotas(ClientQuotaFilter.all()).entities()), "quotas that were taken away");
    var wrong = new ClientQuotaAlteration(alteration.entity(), List.of(new ClientQuotaAlteration.Op("no_such_key", 1.0)));
    refused(InvalidRequestException.class, () -> done(admin.alterClientQuotas(List.of(wrong)).all()));
  }

  private static void acls() throws Exception {
    refused(SecurityDisabledException.class, () -> done(admin.describeAcls(AclBindingFilter.ANY).values()));
    var binding = new AclBinding(new ResourcePattern(ResourceType.TOPIC, "t", PatternType.LITERAL),
        new AccessControlEntry("User:u", "*", AclOperation.READ, AclPermissionType.ALLOW));
    refused(SecurityDisabledException.class, () -> done(admin.createAcls(List.of(binding)).all()));
    DeleteAclsResult deleted = admin.deleteAcls(List.of(AclBindingFilter.ANY));
    refused(SecurityDisabledException.class, () -> done(deleted.values().get(AclBindingFilter.ANY)));
  }

  private static void scram() throws Exception {
    same(Map.of(), done(admin.describeUserScramCredentials().all()), "credentials");
    refused(ResourceNotFoundException.class, () -> done(admin.describeUserScramCredentials(List.of("u")).description("u")));
  }

  private static void configResources() throws Exception {
    String topic = newTopic(1);
    Collection<ConfigResource> all = done(admin.listConfigResources().all());
    same(true, all.contains(new ConfigResource(ConfigResource.Type.TOPIC, topic)), "the topic");
    same(true, all.contains(new ConfigResource(ConfigResource.Type.BROKER, "" + broker())), "the broker");
    same(0, done(admin.listConfigResources(Set.of(ConfigResource.Type.CLIENT_METRICS), new ListConfigResourcesOptions()).all()).size(), "client metrics");
  }

  private static void transactions() throws Exception {
    same(0, done(admin.listTransactions().all()).size(), "transactions");
    refused(KafkaException.class, () -> done(admin.describeTransactions(List.of("no-such")).all()));
  }

  private static void transactionalProducer() throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", bootstrap, "transactional.id", "t", "max.block.ms", 60_000);
    long begun = System.nanoTime();
    try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      KafkaException error = refused(KafkaException.class, producer::initTransactions);
      same(true, String.valueOf(error).contains("transactions are not supported"), "words in " + error);
    }
    same(true, System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(30), "told within half of its time");
  }
}
