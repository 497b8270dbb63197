package main

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type franzMember struct {
	client *kgo.Client
	polled chan struct{}
	stop   context.CancelFunc
}

func openFranz(chosen settings, tell teller) (member, error) {
	told := func(event string) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) { tell.places(event, partitions) }
	}
	// A callback of one's own takes the place of the client's, which commits what was processed.
	revoked := func(ctx context.Context, client *kgo.Client, partitions map[string][]int32) {
		if chosen.autoCommit {
			if err := client.CommitUncommittedOffsets(ctx); err != nil {
				tell.failed(err)
			}
		}
		tell.places("revoked", partitions)
	}
	balancer := kgo.RangeBalancer()
	if chosen.cooperative {
		balancer = kgo.CooperativeStickyBalancer()
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(chosen.bootstrap),
		kgo.ConsumerGroup(chosen.group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(chosen.session),
		kgo.HeartbeatInterval(heartbeat),
		kgo.MetadataMinAge(refresh / 2),
		kgo.MetadataMaxAge(refresh),
		kgo.FetchMaxWait(fetchWait),
		kgo.Balancers(balancer),
		kgo.OnPartitionsAssigned(told("assigned")),
		kgo.OnPartitionsRevoked(revoked),
		kgo.OnPartitionsLost(told("revoked")),
	}
	if chosen.pattern != "" {
		options = append(options, kgo.ConsumeRegex(), kgo.ConsumeTopics(chosen.pattern))
	} else {
		options = append(options, kgo.ConsumeTopics(chosen.topics...))
	}
	if chosen.instance != "" {
		options = append(options, kgo.InstanceID(chosen.instance))
	}
	if !chosen.autoCommit {
		options = append(options, kgo.DisableAutoCommit())
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	held := &franzMember{client: client, polled: make(chan struct{}), stop: stop}
	go held.poll(ctx, tell)
	return held, nil
}

func (m *franzMember) poll(ctx context.Context, tell teller) {
	defer close(m.polled)
	// Records count as processed with the poll after them, so the last poll is one that was given up.
	for {
		fetches := m.client.PollFetches(ctx)
		if errors.Is(fetches.Err0(), context.Canceled) {
			return
		}
		fetches.EachRecord(func(record *kgo.Record) {
			tell.record(record.Topic, record.Partition, record.Offset, record.Value)
		})
		fetches.EachError(func(_ string, _ int32, err error) {
			// A topic that is not there yet is told, and taken when it comes; so is a group that is joined again.
			var session *kgo.ErrGroupSession
			if err != kerr.UnknownTopicOrPartition && !errors.As(err, &session) {
				tell.failed(err)
			}
		})
	}
}

func (m *franzMember) commit(at place, offset int64, metadata string) error {
	var failure error
	ctx := kgo.PreCommitFnContext(context.Background(), func(request *kmsg.OffsetCommitRequest) error {
		request.Topics[0].Partitions[0].Metadata = &metadata
		return nil
	})
	offsets := map[string]map[int32]kgo.EpochOffset{at.topic: {at.partition: {Epoch: -1, Offset: offset}}}
	done := func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
		failure = err
		if err == nil {
			failure = kerr.ErrorForCode(response.Topics[0].Partitions[0].ErrorCode)
		}
	}
	m.client.CommitOffsetsSync(ctx, offsets, done)
	return failure
}

func (m *franzMember) seek(at place, offset int64) error {
	m.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{at.topic: {at.partition: {Epoch: -1, Offset: offset}}})
	return nil
}

func (m *franzMember) pause(at place) error {
	m.client.PauseFetchPartitions(map[string][]int32{at.topic: {at.partition}})
	return nil
}

func (m *franzMember) resume(at place) error {
	m.client.ResumeFetchPartitions(map[string][]int32{at.topic: {at.partition}})
	return nil
}

func (m *franzMember) close() error {
	m.stop()
	<-m.polled
	m.client.Close()
	return nil
}
