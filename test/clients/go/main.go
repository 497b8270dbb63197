// Group members of franz-go, sarama and kafka-go, driven by the lines that ../group-members.ts describes.
//
// Usage: group-members LIBRARY BOOTSTRAP, or what tls.go describes
package main

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	heartbeat = 300 * time.Millisecond
	refresh   = 500 * time.Millisecond
	fetchWait = 200 * time.Millisecond
)

var errNotOffered = errors.New("the client does not offer this")

type place struct {
	topic     string
	partition int32
}

// What a test may ask of a member, whatever library holds it.
type member interface {
	commit(at place, offset int64, metadata string) error
	seek(at place, offset int64) error
	pause(at place) error
	resume(at place) error
	close() error
}

type settings struct {
	bootstrap   string
	group       string
	topics      []string
	pattern     string
	instance    string
	session     time.Duration
	autoCommit  bool
	cooperative bool
}

type opener func(settings, teller) (member, error)

var libraries = map[string]opener{"franz-go": openFranz, "sarama": openSarama, "kafka-go": openKafkaGo}

func main() {
	if os.Args[1] == "round-trip-tls" {
		if err := roundTripTLS(os.Args[2], os.Args[3], os.Args[4:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	open, bootstrap := libraries[os.Args[1]], os.Args[2]
	// Each member obeys one command after the other; members do not wait for each other.
	queues := map[string]chan []string{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		command, name := fields[0], fields[1]
		if command == "open" {
			queues[name] = make(chan []string, 16)
			go obey(open, parse(bootstrap, fields[2:]), teller{name}, queues[name])
		} else {
			queues[name] <- append([]string{command}, fields[2:]...)
		}
	}
}

func parse(bootstrap string, fields []string) settings {
	chosen := settings{bootstrap: bootstrap}
	for _, field := range fields {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "group":
			chosen.group = value
		case "topics":
			chosen.topics = strings.Split(value, ",")
		case "pattern":
			chosen.pattern = value
		case "instance":
			chosen.instance = value
		case "sessionMs":
			chosen.session = time.Duration(number(value)) * time.Millisecond
		case "autoCommit":
			chosen.autoCommit = true
		case "assignor":
			chosen.cooperative = value == "cooperative"
		}
	}
	return chosen
}

func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return value
}

func obey(open opener, chosen settings, tell teller, commands <-chan []string) {
	held, err := open(chosen, tell)
	if err != nil {
		tell.failed(err)
		return
	}
	for fields := range commands {
		if err := run(held, fields); err != nil {
			tell.failed(fmt.Errorf("%s: %w", fields[0], err))
			return
		}
		tell.say("done", fields[0])
	}
}

func run(held member, fields []string) error {
	if fields[0] == "close" {
		return held.close()
	}
	at := place{fields[1], int32(number(fields[2]))}
	switch fields[0] {
	case "commit":
		return held.commit(at, number(fields[3]), fields[4])
	case "seek":
		return held.seek(at, number(fields[3]))
	case "pause":
		return held.pause(at)
	case "resume":
		return held.resume(at)
	}
	return fmt.Errorf("no such command: %s", fields[0])
}

var writing sync.Mutex

// Writes a member's events.
type teller struct{ member string }

func (t teller) say(event string, fields ...any) {
	var line strings.Builder
	fmt.Fprintf(&line, "@\t%s\t%s", event, t.member)
	for _, field := range fields {
		fmt.Fprintf(&line, "\t%v", field)
	}
	writing.Lock()
	defer writing.Unlock()
	fmt.Println(strings.ReplaceAll(line.String(), "\n", " "))
}

func (t teller) failed(err error) { t.say("failed", err) }

func (t teller) record(topic string, partition int32, offset int64, value []byte) {
	t.say("record", topic, partition, offset, base64.StdEncoding.EncodeToString(value))
}

func (t teller) places(event string, partitions map[string][]int32) {
	var all []string
	for topic, numbers := range partitions {
		for _, each := range numbers {
			all = append(all, fmt.Sprintf("%s/%d", topic, each))
		}
	}
	sort.Strings(all)
	t.say(event, strings.Join(all, ","))
}
