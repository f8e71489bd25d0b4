import { defineStore } from 'pinia'
import { ref } from 'vue'
import { whenReached } from '@/api/transport'

/** Whether the server can be reached. The phone's own word is taken for "offline", but only an answer counts as "online". */
export const useLine = defineStore('line', () => {
  const offline = ref(typeof navigator !== 'undefined' && navigator.onLine === false)

  window.addEventListener('offline', () => {
    offline.value = true
  })
  window.addEventListener('online', () => {
    offline.value = false
  })
  whenReached((reached) => {
    offline.value = !reached
  })

  return { offline }
})
