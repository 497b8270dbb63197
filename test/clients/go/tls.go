package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const roundTripMax = 60 * time.Second

// One record of franz-go out and back over TLS. Prints the value.
//
// Usage: group-members round-trip-tls BOOTSTRAP TOPIC CA [CERTIFICATE KEY]
func roundTripTLS(bootstrap, topic string, files []string) error {
	config, err := tlsConfig(files)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(bootstrap),
		kgo.DialTLSConfig(config),
		kgo.AllowAutoTopicCreation(),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, stop := context.WithTimeout(context.Background(), roundTripMax)
	defer stop()
	record := &kgo.Record{Topic: topic, Value: []byte("hello")}
	if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
		return err
	}
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return err
		}
		if records := fetches.Records(); len(records) > 0 {
			fmt.Println(string(records[0].Value))
			return nil
		}
	}
}

// Of PEM files: authorities, and a certificate with its key where given.
func tlsConfig(files []string) (*tls.Config, error) {
	authorities, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM(authorities) {
		return nil, errors.New("no certificate in " + files[0])
	}
	if len(files) < 3 {
		return config, nil
	}
	own, err := tls.LoadX509KeyPair(files[1], files[2])
	config.Certificates = []tls.Certificate{own}
	return config, err
}
