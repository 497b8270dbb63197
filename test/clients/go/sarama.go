package main

import (
	"context"
	"errors"
	"sync"

	"github.com/IBM/sarama"
)

type saramaMember struct {
	group   sarama.ConsumerGroup
	tell    teller
	stop    context.CancelFunc
	ended   chan struct{}
	guard   sync.Mutex
	session sarama.ConsumerGroupSession
}

func openSarama(chosen settings, tell teller) (member, error) {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = chosen.autoCommit
	config.Consumer.Group.Session.Timeout = chosen.session
	config.Consumer.Group.Heartbeat.Interval = heartbeat
	config.Consumer.Group.InstanceId = chosen.instance
	if chosen.cooperative {
		config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{sarama.NewBalanceStrategyCooperativeSticky()}
	}
	config.Consumer.MaxWaitTime = fetchWait
	config.Metadata.RefreshFrequency = refresh
	config.Metadata.AllowAutoTopicCreation = false
	// A gateway that is started again takes as long as the machine lets it: a minute of tries, a quarter of a second apart.
	config.Metadata.Retry.Max = 240
	group, err := sarama.NewConsumerGroup([]string{chosen.bootstrap}, chosen.group, config)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	held := &saramaMember{group: group, tell: tell, stop: stop, ended: make(chan struct{})}
	go held.consume(ctx, chosen.topics)
	return held, nil
}

// Consume returns at every rebalance, and is called again.
func (m *saramaMember) consume(ctx context.Context, topics []string) {
	defer close(m.ended)
	for ctx.Err() == nil {
		if err := m.group.Consume(ctx, topics, m); err != nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) {
			m.tell.failed(err)
			return
		}
	}
}

func (m *saramaMember) Setup(session sarama.ConsumerGroupSession) error {
	m.guard.Lock()
	m.session = session
	m.guard.Unlock()
	return nil
}

func (m *saramaMember) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// Runs from the time when a partition is gained until it is lost; a cooperative rebalance leaves the others running.
func (m *saramaMember) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	owned := map[string][]int32{claim.Topic(): {claim.Partition()}}
	m.tell.places("assigned", owned)
	defer m.tell.places("revoked", owned)
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			m.tell.record(message.Topic, message.Partition, message.Offset, message.Value)
			session.MarkMessage(message, "")
		case <-session.Context().Done():
			return nil
		}
	}
}

// A mark only goes forward, so what was marked as records came is set back first.
func (m *saramaMember) commit(at place, offset int64, metadata string) error {
	m.guard.Lock()
	defer m.guard.Unlock()
	m.session.ResetOffset(at.topic, at.partition, offset, metadata)
	m.session.Commit()
	return nil
}

func (m *saramaMember) seek(place, int64) error { return errNotOffered }

func (m *saramaMember) pause(at place) error {
	m.group.Pause(map[string][]int32{at.topic: {at.partition}})
	return nil
}

func (m *saramaMember) resume(at place) error {
	m.group.Resume(map[string][]int32{at.topic: {at.partition}})
	return nil
}

func (m *saramaMember) close() error {
	m.stop()
	<-m.ended
	return m.group.Close()
}
