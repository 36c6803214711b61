package main

import (
	"context"
	"sync"
)

// memoryUsers keeps users in this process, for the embedded store.
type memoryUsers struct {
	mu    sync.Mutex
	users map[string]user
}

func newMemoryUsers(seeded map[string]user) *memoryUsers {
	return &memoryUsers{users: seeded}
}

func (m *memoryUsers) find(_ context.Context, name string) (user, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, ok := m.users[name]
	if !ok {
		return user{}, errUnknownUser
	}
	return u, nil
}

func (m *memoryUsers) replaceHash(_ context.Context, name, old, replacement string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, ok := m.users[name]
	if !ok {
		return false, errUnknownUser
	}
	if u.hash != old {
		return false, nil
	}
	u.hash = replacement
	m.users[name] = u
	return true, nil
}

func (m *memoryUsers) setDisabled(_ context.Context, name string, disabled bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	u, ok := m.users[name]
	if !ok {
		return errUnknownUser
	}
	u.disabled = disabled
	m.users[name] = u
	return nil
}
