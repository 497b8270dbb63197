package main

import (
	"context"
	"errors"
	"log"
	"sync"

	"github.com/segmentio/kafka-go"
)

// kafka-go's Reader hides what it owns, so members are of the ConsumerGroup that it is built upon.
type kafkaGoMember struct {
	group      *kafka.ConsumerGroup
	tell       teller
	autoCommit bool
	stop       context.CancelFunc
	ended      chan struct{}
	guard      sync.Mutex
	generation *kafka.Generation
}

func openKafkaGo(chosen settings, tell teller) (member, error) {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                     chosen.group,
		Brokers:                []string{chosen.bootstrap},
		Topics:                 chosen.topics,
		StartOffset:            kafka.FirstOffset,
		SessionTimeout:         chosen.session,
		HeartbeatInterval:      heartbeat,
		WatchPartitionChanges:  true,
		PartitionWatchInterval: refresh,
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	held := &kafkaGoMember{group: group, tell: tell, autoCommit: chosen.autoCommit, stop: stop, ended: make(chan struct{})}
	go held.consume(ctx, chosen)
	return held, nil
}

func (m *kafkaGoMember) consume(ctx context.Context, chosen settings) {
	defer close(m.ended)
	for {
		generation, err := m.group.Next(ctx)
		if ctx.Err() != nil || errors.Is(err, kafka.ErrGroupClosed) {
			return
		}
		if err != nil {
			// The group joins again by itself; kafka-go's own reader asks for the next generation too.
			log.Print(err)
			continue
		}
		m.guard.Lock()
		m.generation = generation
		m.guard.Unlock()
		m.serve(generation, chosen)
	}
}

func (m *kafkaGoMember) serve(generation *kafka.Generation, chosen settings) {
	owned := map[string][]int32{}
	for topic, assignments := range generation.Assignments {
		for _, each := range assignments {
			owned[topic] = append(owned[topic], int32(each.ID))
		}
	}
	m.tell.places("assigned", owned)
	generation.Start(func(ctx context.Context) {
		<-ctx.Done()
		m.tell.places("revoked", owned)
	})
	for topic, assignments := range generation.Assignments {
		for _, each := range assignments {
			generation.Start(func(ctx context.Context) { m.read(ctx, generation, chosen.bootstrap, topic, each) })
		}
	}
}

func (m *kafkaGoMember) read(ctx context.Context, generation *kafka.Generation, bootstrap, topic string, from kafka.PartitionAssignment) {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: topic, Partition: from.ID, MaxWait: fetchWait})
	defer reader.Close()
	if err := reader.SetOffset(from.Offset); err != nil {
		m.tell.failed(err)
		return
	}
	for {
		message, err := reader.ReadMessage(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			m.tell.failed(err)
			return
		}
		m.tell.record(message.Topic, int32(message.Partition), message.Offset, message.Value)
		if m.autoCommit {
			next := map[string]map[int]int64{topic: {from.ID: message.Offset + 1}}
			if err := generation.CommitOffsets(next); err != nil {
				// The generation ends with its coordinator; the next one reads this again.
				log.Print(err)
				return
			}
		}
	}
}

func (m *kafkaGoMember) commit(at place, offset int64, _ string) error {
	m.guard.Lock()
	defer m.guard.Unlock()
	return m.generation.CommitOffsets(map[string]map[int]int64{at.topic: {int(at.partition): offset}})
}

func (m *kafkaGoMember) seek(place, int64) error { return errNotOffered }
func (m *kafkaGoMember) pause(place) error       { return errNotOffered }
func (m *kafkaGoMember) resume(place) error      { return errNotOffered }

func (m *kafkaGoMember) close() error {
	m.stop()
	err := m.group.Close()
	<-m.ended
	return err
}
